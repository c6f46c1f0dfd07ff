module github.com/wizzense/deployment-rings/action/ci/browser

go 1.26.0
